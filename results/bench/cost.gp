# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[9]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#D8D8D8' lw 5 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,749 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,240 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,6.34cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.35541,0.95584 to screen 0.39802,0.95584 nohead ls 1
set label words[1] at screen 0.40654,0.95584 left tc rgb '#606060'
set arrow from screen 0.51992,0.95584 to screen 0.56253,0.95584 nohead ls 2
set label '' at screen 0.54123,0.95584 point ls 202
set label words[2] at screen 0.57106,0.95584 left tc rgb '#B04A00'
set lmargin at screen 0.07639
set rmargin at screen 0.47727
set bmargin at screen 0.16562
set tmargin at screen 0.87539
unset logscale x
set xrange [0:268.8]
set xtics ('0' 0, '50' 50, '100' 100, '150' 150, '200' 200, '250' 250)
set xlabel words[3] offset 0,0.35
unset logscale y
set yrange [0:315.8406567539613]
set ytics ('0' 0, '100' 100, '200' 200, '300' 300)
set label 1001 words[4] at screen 0.01705,0.52050 center rotate by 90
plot stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle
unset label 1001
unset label
unset arrow
set lmargin at screen 0.55366
set rmargin at screen 0.97727
set bmargin at screen 0.16562
set tmargin at screen 0.87539
unset logscale x
set xrange [0:115.5]
set xtics ('0' 0, '20' 20, '40' 40, '60' 60, '80' 80, '100' 100)
set xlabel words[5] offset 0,0.35
unset logscale y
set yrange [0:458.09422694369835]
set ytics ('0' 0, '100' 100, '200' 200, '300' 300, '400' 400)
plot stem.'.dat' index 3 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 202 notitle
unset multiplot
unset output
}
