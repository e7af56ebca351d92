# lenet300-joint, profile standard
# Test accuracy of LeNet-300-100 against the ratio all told: values, codebooks, biases and positions; mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot lenet300-accuracy-against-ratio.gp’ in this folder renders it again.

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
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,775 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,248 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.56cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output 'lenet300-accuracy-against-ratio.'.format
set multiplot
set arrow from screen 0.22007,0.95732 to screen 0.30728,0.95732 nohead ls 2
set label '' at screen 0.26367,0.95732 point ls 202
set label 'joint-admm' at screen 0.32472,0.95732 left tc rgb '#B04A00'
set arrow from screen 0.54300,0.95732 to screen 0.63021,0.95732 nohead ls 3
set label '' at screen 0.58660,0.95732 point ls 203
set label 'one-shot' at screen 0.64765,0.95732 left tc rgb '#007A5A'
set arrow from screen 0.12380,0.89329 to screen 0.21101,0.89329 nohead ls 4
set label '' at screen 0.16741,0.89329 point ls 204
set label 'one-shot-retrain' at screen 0.22845,0.89329 left tc rgb '#A8527F'
set arrow from screen 0.51975,0.89329 to screen 0.60696,0.89329 nohead ls 5
set label '' at screen 0.56335,0.89329 point ls 205
set label 'dense-continued' at screen 0.62440,0.89329 left tc rgb '#2A7FAE'
set lmargin at screen 0.15633
set rmargin at screen 0.95349
set bmargin at screen 0.16006
set tmargin at screen 0.81555
set logscale x
set xrange [0.7717290493126779:230.80126650263097]
set xtics ('1' 1, '10' 10, '100' 100, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 200 1)
set xlabel 'ratio, all told (×)' offset 0,0.35
unset logscale y
set yrange [26.50494125586433:100]
set ytics ('40' 40, '60' 60, '80' 80, '100' 100)
set label 1001 'test accuracy (%)' at screen 0.03488,0.48780 center rotate by 90
plot 'lenet300-accuracy-against-ratio.dat' index 0 using 1:(inside(bar($3,$4,26.50494125586433,100),26.50494125586433,100)):(0):(inside($4,26.50494125586433,100)-inside($3,26.50494125586433,100)) with vectors nohead ls 102 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 1 using 1:(inside(bar($3,$4,26.50494125586433,100),26.50494125586433,100)):(0):(inside($4,26.50494125586433,100)-inside($3,26.50494125586433,100)) with vectors nohead ls 103 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 2 using 1:(inside(bar($3,$4,26.50494125586433,100),26.50494125586433,100)):(0):(inside($4,26.50494125586433,100)-inside($3,26.50494125586433,100)) with vectors nohead ls 104 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 3 using 1:(inside(bar($3,$4,26.50494125586433,100),26.50494125586433,100)):(0):(inside($4,26.50494125586433,100)-inside($3,26.50494125586433,100)) with vectors nohead ls 105 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 0 using 1:2 with lines ls 2 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 1 using 1:2 with lines ls 3 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 2 using 1:2 with lines ls 4 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 3 using 1:2 with lines ls 5 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 0 using 1:2 with points ls 202 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 1 using 1:2 with points ls 203 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 2 using 1:2 with points ls 204 notitle, \
     'lenet300-accuracy-against-ratio.dat' index 3 using 1:2 with points ls 205 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
