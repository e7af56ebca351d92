# ablations, profile standard
# Validation loss of the compressed copy after each epoch, by variant; mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot ablations-epochs.gp’ in this folder renders it again.

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
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,874 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,280 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,7.40cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output 'ablations-epochs.'.format
set multiplot
set arrow from screen 0.17852,0.96216 to screen 0.26573,0.96216 nohead ls 1
set label '' at screen 0.22213,0.96216 point ls 201
set label 'default' at screen 0.28317,0.96216 left tc rgb '#0072B2'
set arrow from screen 0.43769,0.96216 to screen 0.52490,0.96216 nohead ls 2
set label '' at screen 0.48129,0.96216 point ls 202
set label 'released quantizer' at screen 0.54234,0.96216 left tc rgb '#B04A00'
set arrow from screen 0.08229,0.90541 to screen 0.16950,0.90541 nohead ls 3
set label '' at screen 0.12589,0.90541 point ls 203
set label 'as released' at screen 0.18694,0.90541 left tc rgb '#007A5A'
set arrow from screen 0.41441,0.90541 to screen 0.50162,0.90541 nohead ls 4
set label '' at screen 0.45801,0.90541 point ls 204
set label 'bits and non-zeros at once' at screen 0.51906,0.90541 left tc rgb '#A8527F'
set arrow from screen 0.17032,0.84865 to screen 0.25753,0.84865 nohead ls 5
set label '' at screen 0.21392,0.84865 point ls 205
set label 'positions counted' at screen 0.27497,0.84865 left tc rgb '#2A7FAE'
set arrow from screen 0.59094,0.84865 to screen 0.67815,0.84865 nohead ls 6
set label '' at screen 0.63455,0.84865 point ls 206
set label 'bits: stop' at screen 0.69559,0.84865 left tc rgb '#9A6A00'
set arrow from screen 0.32227,0.79189 to screen 0.40948,0.79189 nohead ls 7
set label '' at screen 0.36587,0.79189 point ls 207
set label 'non-zeros: prefix' at screen 0.42692,0.79189 left tc rgb '#000000'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.14189
set tmargin at screen 0.72297
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel 'updates' offset 0,0.35
set logscale y
set yrange [0.010422186931449001:4.8748974660610225]
set ytics ('0.02' 0.02, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1)
set label 1001 'validation loss (nats)' at screen 0.03488,0.43243 center rotate by 90
plot 'ablations-epochs.dat' index 0 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     'ablations-epochs.dat' index 1 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     'ablations-epochs.dat' index 2 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     'ablations-epochs.dat' index 3 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 104 notitle, \
     'ablations-epochs.dat' index 4 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 105 notitle, \
     'ablations-epochs.dat' index 5 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 106 notitle, \
     'ablations-epochs.dat' index 6 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 107 notitle, \
     'ablations-epochs.dat' index 0 using 1:2 with lines ls 1 notitle, \
     'ablations-epochs.dat' index 1 using 1:2 with lines ls 2 notitle, \
     'ablations-epochs.dat' index 2 using 1:2 with lines ls 3 notitle, \
     'ablations-epochs.dat' index 3 using 1:2 with lines ls 4 notitle, \
     'ablations-epochs.dat' index 4 using 1:2 with lines ls 5 notitle, \
     'ablations-epochs.dat' index 5 using 1:2 with lines ls 6 notitle, \
     'ablations-epochs.dat' index 6 using 1:2 with lines ls 7 notitle, \
     'ablations-epochs.dat' index 0 every 4 using 1:2 with points ls 201 notitle, \
     'ablations-epochs.dat' index 1 every 4 using 1:2 with points ls 202 notitle, \
     'ablations-epochs.dat' index 2 every 4 using 1:2 with points ls 203 notitle, \
     'ablations-epochs.dat' index 3 every 4 using 1:2 with points ls 204 notitle, \
     'ablations-epochs.dat' index 4 every 4 using 1:2 with points ls 205 notitle, \
     'ablations-epochs.dat' index 5 every 4 using 1:2 with points ls 206 notitle, \
     'ablations-epochs.dat' index 6 every 4 using 1:2 with points ls 207 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
