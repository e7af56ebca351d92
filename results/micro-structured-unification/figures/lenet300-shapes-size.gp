# lenet300-shapes, profile standard
# Test accuracy against the size, all told, by block shape (outputs × inputs), after the alternating method; one panel per way. Mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot lenet300-shapes-size.gp’ in this folder renders it again.

set encoding utf8
set minussign
set datafile separator whitespace
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
set style line 7 lc rgb '#000000' lw 1.6 dt (2,2)
set style line 207 lc rgb '#000000' lw 0.9 dt 1 pt 8 ps 0.8
set style line 107 lc rgb '#000000' lw 0.9 dt 1
set style line 8 lc rgb '#0072B2' lw 1.6 dt (8,3,2,3)
set style line 208 lc rgb '#0072B2' lw 0.9 dt 1 pt 13 ps 0.65
set style line 108 lc rgb '#0072B2' lw 0.9 dt 1
set style line 9 lc rgb '#D55E00' lw 1.6 dt 1
set style line 209 lc rgb '#D55E00' lw 0.9 dt 1 pt 6 ps 0.75
set style line 109 lc rgb '#D55E00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,685 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,219 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,5.80cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output 'lenet300-shapes-size.'.format
set multiplot
set lmargin at screen 0.08085
set rmargin at screen 0.28819
set bmargin at screen 0.18103
set tmargin at screen 0.89310
set logscale x
set xrange [1.4776199101461591:3.5540242331326]
set xtics ('1.5' 1.5, '2.0' 2, '2.5' 2.5, '3.0' 3, '3.5' 3.5)
set xlabel 'ratio, all told (×)' offset 0,0.35
unset logscale y
set yrange [98.04291666666667:98.40041666666666]
set ytics ('98.1' 98.1, '98.2' 98.2, '98.3' 98.3, '98.4' 98.4)
set label 1001 'unify' at screen 0.08085,0.94483 left
set label 1002 'test accuracy (%)' at screen 0.01705,0.53707 center rotate by 90
set label 1003 '4×1' at screen 0.29501,0.32129 left tc rgb '#B04A00'
set label 1004 '1×4' at screen 0.29501,0.65326 left tc rgb '#0072B2'
plot 'lenet300-shapes-size.dat' index 0 using 1:(inside(bar($3,$4,98.04291666666667,98.40041666666666),98.04291666666667,98.40041666666666)):(0):(inside($4,98.04291666666667,98.40041666666666)-inside($3,98.04291666666667,98.40041666666666)) with vectors nohead ls 101 notitle, \
     'lenet300-shapes-size.dat' index 1 using 1:(inside(bar($3,$4,98.04291666666667,98.40041666666666),98.04291666666667,98.40041666666666)):(0):(inside($4,98.04291666666667,98.40041666666666)-inside($3,98.04291666666667,98.40041666666666)) with vectors nohead ls 102 notitle, \
     'lenet300-shapes-size.dat' index 0 using 1:2 with lines ls 1 notitle, \
     'lenet300-shapes-size.dat' index 1 using 1:2 with lines ls 2 notitle, \
     'lenet300-shapes-size.dat' index 0 using 1:2 with points ls 201 notitle, \
     'lenet300-shapes-size.dat' index 1 using 1:2 with points ls 202 notitle
unset label 1001
unset label 1002
unset label 1003
unset label 1004
set lmargin at screen 0.38700
set rmargin at screen 0.62153
set bmargin at screen 0.18103
set tmargin at screen 0.89310
set logscale x
set xrange [0.8912509381337456:11.220184543019636]
set xtics ('1' 1, '2' 2, '5' 5, '10' 10, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1)
set xlabel 'ratio, all told (×)' offset 0,0.35
unset logscale y
set yrange [0:100]
set ytics ('0' 0, '20' 20, '40' 40, '60' 60, '80' 80, '100' 100)
set label 1001 'prune' at screen 0.38700,0.94483 left
set label 1002 'not run' at graph 0.5,0.5 center tc rgb '#808080'
plot NaN notitle
unset label 1001
unset label 1002
set lmargin at screen 0.72033
set rmargin at screen 0.95486
set bmargin at screen 0.18103
set tmargin at screen 0.89310
set logscale x
set xrange [0.8912509381337456:11.220184543019636]
set xtics ('1' 1, '2' 2, '5' 5, '10' 10, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1)
set xlabel 'ratio, all told (×)' offset 0,0.35
unset logscale y
set yrange [0:100]
set ytics ('0' 0, '20' 20, '40' 40, '60' 60, '80' 80, '100' 100)
set label 1001 'both' at screen 0.72033,0.94483 left
set label 1002 'not run' at graph 0.5,0.5 center tc rgb '#808080'
plot NaN notitle
unset label 1001
unset label 1002
unset multiplot
unset output
}
